package command

import (
	"context"
	"path"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var (
	dirAll  = g.Word("/all", "List all files")
	dirDeep = g.Word("/recursive", "List files recursively")
	dirPath = &g.Param[string]{Name: "path", Help: "Directory or file name", Type: diskPath()}
	dir     = &Command{
		Name: "dir", Help: "List files on a filesystem", Mode: Privileged, Span: inASA,
		Syntax: g.Seq(g.Word("dir", "List files on a filesystem"), g.Opt(g.Alt(dirAll, dirDeep)), g.Opt(dirPath)),
		Run:    runDir,
	}
	showDisk = &Command{
		Name: "show flash:", Help: "Display information about flash: file system", Mode: User, Span: inASA,
		Syntax: show(g.Alt(
			g.In(onASA, &g.Keyword{Text: "disk0:", Aliases: []string{"disk0"}, Help: "Display information about disk0: file system"}),
			&g.Keyword{Text: "flash:", Aliases: []string{"flash"}, Help: "Display information about flash: file system"},
		)),
		Run: func(_ context.Context, s Session, _ *g.Match) error { return emit(s, diskListing(s)) },
	}
)

var onASA = inASA.Only(release.ASA)

// fileStamp is how dir prints a time, and flashStamp how show flash does.
const (
	fileStamp  = "15:04:05 Jan 02 2006"
	flashStamp = "Jan 02 2006 15:04:05"
)

func runDir(_ context.Context, s Session, m *g.Match) error {
	at := s.Dir()
	if typed, ok := dirPath.Lookup(m); ok {
		at = onDisk(s, typed)
	}
	f, err := s.Box().Disk().Stat(at)
	if err != nil {
		s.Say(release.CopyFailed, diskURL(s, at), s.Release().Say(diskReason(err)))
		return nil
	}
	all, where := walkDisk(s.Box().Disk()), at
	files := entriesIn(all, at, dirDeep.Seen(m))
	if !f.Dir {
		where, files = path.Dir("/" + at)[1:], entryAt(all, at)
	}
	rel := s.Release()
	text := rel.Say(release.DirHead, diskURL(s, where)) + "\n"
	count, size := 0, 0
	for _, f := range files {
		mode := release.DirModeFile
		if f.Dir {
			mode = release.DirModeDir
		} else {
			count, size = count+1, size+f.Size
		}
		text += rel.Say(release.DirLine, f.number, f.Size, f.Time.In(s.Box().Zone()).Format(fileStamp), relative(f.path, where), rel.Say(mode)) + "\n"
	}
	if len(files) == 0 {
		text += rel.Say(release.DirEmpty) + "\n"
	}
	total, free := s.Box().Disk().Space()
	text += rel.Say(release.DirFiles, count, size) + rel.Say(release.DirTail, total, free, percentFree(free, total)) + "\n"
	return emit(s, text)
}

// entryAt is the file at a path.
func entryAt(files []diskEntry, at string) []diskEntry {
	for _, f := range files {
		if f.path == at {
			return []diskEntry{f}
		}
	}
	return nil
}

// relative is a path seen from a directory above it.
func relative(p, dir string) string {
	if dir == "" {
		return p
	}
	return p[len(dir)+1:]
}

func percentFree(part, whole int) int {
	if whole == 0 {
		return 0
	}
	return int(int64(part) * 100 / int64(whole))
}

// diskListing is show flash:, everything on the disk.
func diskListing(s Session) string {
	rel := s.Release()
	text := rel.Say(release.FlashListing) + "\n"
	for _, f := range walkDisk(s.Box().Disk()) {
		text += rel.Say(release.FlashRow, f.number, f.Size, f.Time.In(s.Box().Zone()).Format(flashStamp), f.path) + "\n"
	}
	total, free := s.Box().Disk().Space()
	return text + rel.Say(release.FlashTail, total, free, total-free) + "\n"
}
