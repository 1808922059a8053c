package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/google/shlex"
	"golang.org/x/tools/txtar"

	"pixsim"
	"pixsim/appliance/release"
)

// smtpOption is the command that is done before the box boots.
const smtpOption = "smtp-option"

// labsDir is where the scenarios are in the embedded tree, and what they are called.
const (
	labsDir     = "docs/labs"
	scenarioExt = ".txtar"
)

// Scenario is one lab: a guide and, between its lines, the script that runs it. It is a txtar archive. In its comment
// a line that begins with # is prose (markdown), `releases` with names says which releases or builds it is for, `symptom`
// which one of the article it shows and in which releases that occurs, and any other line is a command: words as a shell quotes them, in front of them `!` (must fail) and, before that, releases in
// brackets ([pix-4.1 asa-8.2]: only there; [!pix-4.1]: not there; a release stands for its builds too). The files of the archive are messages, or the
// startup-config that the box boots instead of the lab's: `startup-config`, or `startup-config.pix-6.3` for one release.
type Scenario struct {
	Name     string
	Title    string // the first heading
	Summary  string // the first sentence below it
	Releases []string
	Symptom  int      // its number in KB 320027; 0: the scenario is about something else
	Occurs   []string // releases and builds with the symptom
	steps    []step
	files    map[string]string
	gap      bool // while it is read: the line before was empty
}

// step is a line of the guide or of the script.
type step struct {
	line   int
	text   string   // as it stands, without its condition
	prose  bool     // text is a line of the guide
	only   []string // releases; empty: all
	except []string
	negate bool
	args   []string
	cmd    *labCommand
}

// in says whether the step is for a release or a build.
func (s step) in(name string) bool {
	return (len(s.only) == 0 || speakOf(s.only, name)) && !speakOf(s.except, name)
}

// speakOf says whether names have the release or the build, or the build's release, or all builds of that.
func speakOf(names []string, name string) bool {
	base := release.Base(name)
	return slices.Contains(names, name) || slices.Contains(names, base) || name != base && slices.Contains(names, base+everyBuild)
}

// For says whether the scenario is for a release or a build: those of its releases are.
func (s *Scenario) For(name string) bool { return speakOf(s.Releases, name) }

// Like is the last of the scenario's releases that inspects mail as another release or build does, flaws included; "" if none
// does.
func (s *Scenario) Like(name string) string {
	r, err := release.Parse(name)
	if err != nil {
		return ""
	}
	for _, other := range slices.Backward(s.Releases) {
		o, err := release.Parse(other)
		if err != nil {
			continue
		}
		a, b := r.SMTP, o.SMTP
		if a.Name, b.Name = "", ""; reflect.DeepEqual(a, b) {
			return other
		}
	}
	return ""
}

// options are the options of the SMTP inspection that the script sets on a release.
func (s *Scenario) options(name string) []string {
	var all []string
	for _, st := range s.steps {
		if st.cmd == labCommands[smtpOption] && st.in(name) {
			all = append(all, st.args...)
		}
	}
	return all
}

// Scenarios are those of docs/labs, by name.
func Scenarios() ([]*Scenario, error) {
	names, err := fs.Glob(pixsim.Labs, labsDir+"/*"+scenarioExt)
	if err != nil {
		return nil, err
	}
	var all []*Scenario
	for _, name := range names {
		text, err := pixsim.Labs.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s, err := ParseScenario(path.Base(name), text)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// FindScenario is the one of docs/labs with a name. Its error lists the names there are.
func FindScenario(name string) (*Scenario, error) {
	all, err := Scenarios()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, s := range all {
		if s.Name == strings.TrimSuffix(name, scenarioExt) {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return nil, fmt.Errorf("no scenario %q: there are %s", name, strings.Join(names, ", "))
}

// ParseScenario reads an archive. Errors begin with file and line, and all faults are reported.
func ParseScenario(file string, archive []byte) (*Scenario, error) {
	a := txtar.Parse(archive)
	s := &Scenario{Name: strings.TrimSuffix(path.Base(file), scenarioExt), files: map[string]string{}}
	for _, f := range a.Files {
		s.files[f.Name] = string(f.Data)
	}
	var faults []error
	lines := strings.Split(string(a.Comment), "\n")
	for i, text := range lines {
		if err := s.add(i+1, strings.TrimRight(text, " \t\r")); err != nil {
			faults = append(faults, fmt.Errorf("%s:%d: %w", file, i+1, err))
		}
	}
	if len(faults) == 0 {
		faults = s.check(file)
	}
	return s, errors.Join(faults...)
}

func (s *Scenario) add(line int, text string) error {
	switch {
	case text == "":
		s.gap = true
		return nil
	case text[0] == '#':
		s.tell(line, strings.TrimPrefix(text[1:], " "))
		s.introduce(strings.TrimSpace(text[1:]))
		return nil
	case strings.HasPrefix(text, symptomWord+" "):
		if err := s.readSymptom(strings.Fields(text)[1:]); err != nil {
			return err
		}
		s.tell(line, s.Occurrence())
		return nil
	case strings.HasPrefix(text, "releases "):
		if s.Releases != nil {
			return errors.New("a second line of releases")
		}
		s.Releases = strings.Fields(text)[1:]
		for _, name := range s.Releases {
			if _, err := release.Parse(name); err != nil {
				return err
			}
		}
		return nil
	}
	st, err := parseStep(text)
	if err != nil {
		return err
	}
	st.line = line
	s.steps = append(s.steps, st)
	return nil
}

// tell adds a line of the guide, behind an empty one if one stands before it.
func (s *Scenario) tell(line int, text string) {
	if n := len(s.steps); s.gap && n > 0 && s.steps[n-1].prose {
		s.steps = append(s.steps, step{line: line - 1, prose: true})
	}
	s.gap = false
	s.steps = append(s.steps, step{line: line, prose: true, text: text})
}

// introduce finds the title and the first sentence.
func (s *Scenario) introduce(prose string) {
	heading, isHeading := strings.CutPrefix(prose, "# ")
	switch {
	case s.Title == "" && isHeading:
		s.Title = heading
	case isHeading || prose == "" || s.Title == "" || sentenceEnd.MatchString(s.Summary):
	default:
		s.Summary = strings.TrimSpace(s.Summary + " " + prose)
		if at := sentenceEnd.FindStringIndex(s.Summary); at != nil {
			s.Summary = strings.TrimSpace(s.Summary[:at[1]])
		}
	}
}

var sentenceEnd = regexp.MustCompile(`[.!?]( |$)`)

func parseStep(text string) (st step, err error) {
	if rest, ok := strings.CutPrefix(text, "["); ok {
		names, after, closed := strings.Cut(rest, "]")
		if !closed {
			return st, errors.New("the condition has no ]")
		}
		for _, n := range strings.Fields(names) {
			if not, ok := strings.CutPrefix(n, "!"); ok {
				st.except = append(st.except, not)
			} else {
				st.only = append(st.only, n)
			}
		}
		if len(st.only)+len(st.except) == 0 {
			return st, errors.New("the condition is empty")
		}
		text = strings.TrimSpace(after)
	}
	st.text = text
	if rest, ok := strings.CutPrefix(text, "!"); ok {
		st.negate, text = true, strings.TrimSpace(rest)
	}
	words, err := shlex.Split(text)
	if err != nil {
		return st, fmt.Errorf("%s: %w", text, err)
	}
	if len(words) == 0 {
		return st, errors.New("no command")
	}
	st.cmd, st.args, err = findLabCommand(words)
	return st, err
}

// check finds what only the whole script shows.
func (s *Scenario) check(file string) (faults []error) {
	fault := func(line int, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s:%d: %s", file, line, fmt.Sprintf(format, args...)))
	}
	switch {
	case s.Title == "":
		fault(1, "no title (a line `# # Title`)")
	case len(s.Releases) == 0:
		fault(1, "no line `releases pix-6.3 ...`")
	case !slices.ContainsFunc(s.steps, func(st step) bool { return !st.prose }):
		fault(1, "no command")
	}
	begun := false
	for i, st := range s.steps {
		for _, r := range slices.Concat(st.only, st.except) {
			if r == occursWord && s.Symptom != 0 {
				continue
			}
			if !s.For(r) && !slices.ContainsFunc(s.Releases, func(name string) bool { return release.Base(name) == r }) {
				fault(st.line, "%s is not among the releases of this scenario", r)
			}
		}
		switch isOption := st.cmd == labCommands[smtpOption]; {
		case st.prose:
		case !isOption:
			begun = true
		case begun || st.negate:
			fault(st.line, "%s stands before all commands, and without !", smtpOption)
		default:
			if _, err := release.All()[0].With(st.args); err != nil {
				fault(st.line, "%v", err)
			}
		}
		if name := st.archived(); name != "" && s.files[name] == "" {
			fault(st.line, "the archive has no file %q", name)
		}
		s.steps[i].only, s.steps[i].except = s.whereItOccurs(st.only), s.whereItOccurs(st.except)
	}
	return faults
}

// archived is the file of the archive that the step names; "" when it names none.
func (s step) archived() string {
	if i := slices.Index(s.args, fileFlag); i >= 0 && i+1 < len(s.args) {
		return s.args[i+1]
	}
	return ""
}
