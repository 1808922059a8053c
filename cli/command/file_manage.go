package command

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"path"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// quietly is /noconfirm, for one command.
func quietly() *g.Keyword { return g.Word("/noconfirm", "Do not prompt for confirmation") }

var (
	deleteQuiet = quietly()
	deleteDeep  = g.Word("/recursive", "Delete recursively")
	deletePath  = &g.Param[string]{Name: "path", Help: "File to be deleted", Type: diskPath()}
	deleteFile  = &Command{
		Name: "delete", Help: "Delete a file", Mode: Privileged, Span: inASA,
		Syntax: g.Seq(g.Word("delete", "Delete a file"), g.Any(deleteQuiet, deleteDeep), deletePath),
		Run:    runDelete,
	}

	renameQuiet = quietly()
	renameFrom  = &g.Param[string]{Name: "source", Help: "Old name", Type: diskPath()}
	renameTo    = &g.Param[string]{Name: "destination", Help: "New name", Type: diskPath()}
	renameFile  = &Command{
		Name: "rename", Help: "Rename a file", Mode: Privileged, Span: inASA,
		Syntax: g.Seq(g.Word("rename", "Rename a file"), g.Opt(renameQuiet), renameFrom, renameTo),
		Run:    runRename,
	}

	mkdirQuiet = quietly()
	mkdirPath  = &g.Param[string]{Name: "path", Help: "Directory name", Type: diskPath()}
	makeDir    = &Command{
		Name: "mkdir", Help: "Create new directory", Mode: Privileged, Span: inASA,
		Syntax: g.Seq(g.Word("mkdir", "Create new directory"), g.Opt(mkdirQuiet), mkdirPath),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			return changeAt(s, mkdirPath.Get(m), mkdirQuiet.Seen(m), release.MkdirAsk, "", s.Box().Disk().MakeDir, release.MkdirDone, release.MkdirFailed)
		},
	}

	rmdirQuiet = quietly()
	rmdirPath  = &g.Param[string]{Name: "path", Help: "Directory name", Type: diskPath()}
	removeDir  = &Command{
		Name: "rmdir", Help: "Remove existing directory", Mode: Privileged, Span: inASA,
		Syntax: g.Seq(g.Word("rmdir", "Remove existing directory"), g.Opt(rmdirQuiet), rmdirPath),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			return changeAt(s, rmdirPath.Get(m), rmdirQuiet.Seen(m), release.RmdirAsk, release.DeleteSure, s.Box().Disk().RemoveDir, release.RmdirDone, release.RmdirFailed)
		},
	}

	cdPath    = &g.Param[string]{Name: "path", Help: "Directory name", Type: diskPath()}
	changeDir = &Command{
		Name: "cd", Help: "Change current directory", Mode: Privileged, Span: inASA,
		Syntax: g.Seq(g.Word("cd", "Change current directory"), g.Opt(cdPath)), Run: runChangeDir,
	}
	printDir = &Command{
		Name: "pwd", Help: "Display current working directory", Mode: Privileged, Span: inASA,
		Syntax: g.Word("pwd", "Display current working directory"),
		Run:    func(_ context.Context, s Session, _ *g.Match) error { return emit(s, diskURL(s, s.Dir())+"\n") },
	}

	fsckQuiet = quietly()
	fsckDisk  = &g.Param[string]{Name: "disk", Help: "Disk to be checked", Type: diskType()}
	fsck      = &Command{
		Name: "fsck", Help: "Filesystem check", Mode: Privileged, Span: inASA,
		Syntax: g.Seq(g.Word("fsck", "Filesystem check"), g.Opt(fsckQuiet), fsckDisk),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			if !fsckQuiet.Seen(m) {
				if ok, err := s.Confirm(s.Release().Say(release.FsckSure)); err != nil || !ok {
					return err
				}
			}
			s.Say(release.FsckDone, diskName(s))
			return nil
		},
	}

	verifyMD5  = g.Word("/md5", "Compute an md5 signature for a file")
	verifyPath = &g.Param[string]{Name: "path", Help: "File to be verified", Type: diskPath()}
	verifySum  = &g.Param[string]{Name: "md5-value", Help: "Expected md5 signature", Type: g.Ident(32)}
	verifyFile = &Command{
		Name: "verify", Help: "Verify a file", Mode: Privileged, Span: inASA,
		Syntax: g.Seq(g.Word("verify", "Verify a file"), g.Alt(g.Seq(verifyMD5, verifyPath, g.Opt(verifySum)), verifyPath)),
		Run:    runVerify,
	}
)

// changeAt asks for a path that was typed already, perhaps once more whether that is meant, and does it.
func changeAt(s Session, typed string, quiet bool, ask, sure release.Key, do func(path string) error, done, failed release.Key) error {
	p := place{kind: placeDisk, path: typed}
	if !quiet {
		if err := askPath(s, ask, &p); err != nil {
			return err
		}
	}
	at := onDisk(s, p.path)
	if sure != "" && !quiet {
		if ok, err := s.Confirm(s.Release().Say(sure, diskURL(s, at))); err != nil || !ok {
			return err
		}
	}
	if err := do(at); err != nil {
		s.Say(failed, diskURL(s, at), s.Release().Say(diskReason(err)))
		return nil
	}
	if done != "" {
		s.Say(done, diskURL(s, at))
	}
	return nil
}

func runDelete(_ context.Context, s Session, m *g.Match) error {
	disk := s.Box().Disk()
	do := disk.Remove
	if deleteDeep.Seen(m) {
		do = func(at string) error { return removeAll(disk, at) }
	}
	return changeAt(s, deletePath.Get(m), deleteQuiet.Seen(m), release.DeleteAsk, release.DeleteSure, do, "", release.DeleteFailed)
}

// removeAll deletes a file, or a directory with what is in it.
func removeAll(d Disk, at string) error {
	f, err := d.Stat(at)
	switch {
	case err != nil:
		return err
	case !f.Dir:
		return d.Remove(at)
	}
	files, err := d.Files(at)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := removeAll(d, path.Join(at, f.Name)); err != nil {
			return err
		}
	}
	if at == "" {
		return nil
	}
	return d.RemoveDir(at)
}

func runRename(_ context.Context, s Session, m *g.Match) error {
	from, to := place{kind: placeDisk, path: renameFrom.Get(m)}, place{kind: placeDisk, path: renameTo.Get(m)}
	if !renameQuiet.Seen(m) {
		if err := askPath(s, release.CopyFile, &from); err != nil {
			return err
		}
		if err := askPath(s, release.CopyTarget, &to); err != nil {
			return err
		}
	}
	at := onDisk(s, from.path)
	if err := s.Box().Disk().Rename(at, onDisk(s, to.path)); err != nil {
		s.Say(release.RenameFailed, diskURL(s, at), s.Release().Say(diskReason(err)))
	}
	return nil
}

func runChangeDir(_ context.Context, s Session, m *g.Match) error {
	at := onDisk(s, orElse(cdPath.Get(m), "/"))
	f, err := s.Box().Disk().Stat(at)
	if err == nil && !f.Dir {
		err = ErrNotDir
	}
	if err != nil {
		s.Say(release.CdFailed, diskURL(s, at), s.Release().Say(diskReason(err)))
		return nil
	}
	s.SetDir(at)
	return nil
}

func runVerify(_ context.Context, s Session, m *g.Match) error {
	at := onDisk(s, verifyPath.Get(m))
	data, err := s.Box().Disk().ReadFile(at)
	if err != nil {
		s.Say(release.CopyFailed, diskURL(s, at), s.Release().Say(diskReason(err)))
		return nil
	}
	sum := fmt.Sprintf("%x", md5.Sum(data))
	want, compared := verifySum.Lookup(m)
	switch {
	case !compared:
		s.Say(release.VerifyDone, diskURL(s, at), sum)
	case strings.EqualFold(want, sum):
		s.Say(release.VerifySame, diskURL(s, at), sum)
	default:
		s.Say(release.VerifyOther, diskURL(s, at), sum)
	}
	return nil
}

var (
	moreASCII  = g.Word("/ascii", "Display the contents in ASCII")
	moreBinary = g.Word("/binary", "Display the contents in binary")
	moreSystem = &g.Keyword{Text: "system:running-config", Help: "Display the contents of the running configuration"}
	morePath   = &g.Param[string]{Name: "path", Help: "File name", Type: diskPath()}
	more       = &Command{
		Name: "more", Help: "Display the contents of a file", Mode: Privileged, Span: inASA,
		Syntax: g.Seq(g.Word("more", "Display the contents of a file"), g.Opt(g.Alt(moreASCII, moreBinary)), g.Alt(moreSystem, morePath)),
		Run:    runMore,
	}
)

func runMore(_ context.Context, s Session, m *g.Match) error {
	if moreSystem.Seen(m) {
		return runningDocument(s, View{Release: s.Release(), Secrets: true, Names: true})
	}
	at := onDisk(s, morePath.Get(m))
	data, err := s.Box().Disk().ReadFile(at)
	if err != nil {
		s.Say(release.CopyFailed, diskURL(s, at), s.Release().Say(diskReason(err)))
		return nil
	}
	if moreBinary.Seen(m) {
		return emit(s, binaryRows(data))
	}
	text := strings.Map(printed, string(data))
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return emit(s, text)
}

// printed is an octet of a file as a terminal may have it.
func printed(r rune) rune {
	switch {
	case r == '\n' || r == '\t' || r >= ' ' && r <= '~':
		return r
	case r == '\r':
		return -1
	}
	return '.'
}

// binaryRows are sixteen octets a row. unverified: the layout, that of IOS.
func binaryRows(data []byte) string {
	var b strings.Builder
	for at := 0; at < len(data); at += 16 {
		row := data[at:min(at+16, len(data))]
		digits := ""
		for i := 0; i < len(row); i += 4 {
			digits += hex.EncodeToString(row[i:min(i+4, len(row))]) + " "
		}
		text := strings.Map(func(r rune) rune {
			if r < ' ' || r > '~' {
				return '.'
			}
			return r
		}, string(row))
		fmt.Fprintf(&b, "%08x:  %-36s   %s\n", at, digits, text)
	}
	return b.String()
}

// behind is what stands behind a beginning in the lines that have it.
func behind(text, begin string) (rests []string) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), begin); ok {
			rests = append(rests, strings.TrimSpace(rest))
		}
	}
	return rests
}

// KeepOutput writes what a command printed to the file that was typed behind its redirect or append. It returns what the
// device says, "" where all went well.
func KeepOutput(s Session, typed string, add bool, data []byte, full bool) string {
	p, err := parsePlace(g.Plain(s.Release()), strings.TrimSpace(typed), nil)
	if err != nil || p.kind != placeDisk {
		return s.Release().Say(release.CopyFailed, strings.TrimSpace(typed), s.Release().Say(release.NoProtocol)) + "\n"
	}
	at := onDisk(s, p.path)
	if add && err == nil {
		if old, err := s.Box().Disk().ReadFile(at); err == nil {
			data = append(old, data...)
		}
	}
	if err = ErrDiskFull; !full {
		err = s.Box().Disk().WriteFile(at, data)
	}
	if err != nil {
		return s.Release().Say(release.CopyFailed, diskURL(s, at), s.Release().Say(diskReason(err))) + "\n"
	}
	return ""
}
