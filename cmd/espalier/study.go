package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/oasdiff/yaml"
	"github.com/spf13/cobra"

	"github.com/espalier-hpo/espalier/clients/go/api"
	"github.com/espalier-hpo/espalier/clients/wandb"
)

// study is a study as it came and decoded.
type study = document[api.Study]

func (p *program) studyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "study", Short: "Create, list, show, change, stop, resume, transfer and delete studies"}
	cmd.AddCommand(
		p.studyCreate(), p.studyList(), p.studyShow(), p.studyUpdate(), p.studyDelete(),
		p.studyChange("stop", "Hand out no more trials; running ones may end", (*api.Client).StopStudy),
		p.studyChange("resume", "Hand out trials again", (*api.Client).ResumeStudy),
		p.studyTransfer(), p.studyImportances(),
	)
	return group(cmd)
}

// studyFlags are what `study create` adds to the file, or has in its place.
type studyFlags struct {
	file      string
	wandb     string
	dryRun    bool
	direction string
	params    []string
	maxTrials int64
	sampler   string
	pruner    string
	seed      int64
	load      bool
}

func (p *program) studyCreate() *cobra.Command {
	var s studyFlags
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Create a study",
		Long: `Create a study from flags, from a YAML or JSON file as the API takes it (-f), or
from both: flags come on top of what the file says. A sweep of Weights & Biases
(--wandb) is such a file, too: what is not quite as it was is noted, and the
command line of "espalier run" for its program is printed.

A parameter is written ` + paramSyntax + `.`,
		Example: `  espalier study create mnist --param lr=float:1e-5:0.1:log --param layers=int:1:4 \
      --param optimizer=categorical:adam,sgd --max-trials 100 --pruner median
  espalier study create -f study.yaml
  espalier study create mnist --wandb sweep.yaml --dry-run`,
		Args: between(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := p.studySpec(cmd, &s, args)
			if err != nil {
				return err
			}
			if s.dryRun {
				var text bytes.Buffer
				if err := json.Indent(&text, body, "", "  "); err != nil {
					return err
				}
				fmt.Fprintln(p.stdout, text.String())
				return nil
			}
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			made, err := api.Read[study](c.API().CreateStudyWithBody(cmd.Context(),
				&api.CreateStudyParams{LoadIfExists: &s.load}, "application/json", bytes.NewReader(body)))
			if err != nil {
				return err
			}
			return p.printStudy(&made)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&s.file, "file", "f", "", "the study as YAML or JSON, a `file`, or - for standard input")
	f.StringVar(&s.wandb, "wandb", "", "the study is the sweep in this YAML or JSON `file`, or - for standard input")
	f.BoolVar(&s.dryRun, "dry-run", false, "print the study as -f takes it, and make none")
	f.StringVar(&s.direction, "direction", "", "which `way` the metric \"value\" is better: minimize (the default) or maximize")
	f.StringArrayVar(&s.params, "param", nil, "a `parameter` and its distribution; may be repeated")
	f.Int64Var(&s.maxTrials, "max-trials", 0, "hand out at most `N` trials")
	f.StringVar(&s.sampler, "sampler", "", "the sampler: a `type`, or a JSON object with its options")
	f.StringVar(&s.pruner, "pruner", "", "the pruner: a preset (safe, balanced, aggressive), a `type`, or a JSON object with its options")
	f.Int64Var(&s.seed, "seed", 0, "a `number` from which all chance in the study follows; drawn if left out")
	f.BoolVar(&s.load, "load-if-exists", false, "take an existing study of that name as it is")
	return cmd
}

// studySpec is the body that creates a study. Its members are passed on as they
// are: the server says what is wrong with them.
func (p *program) studySpec(cmd *cobra.Command, s *studyFlags, args []string) ([]byte, error) {
	spec := map[string]any{}
	switch {
	case s.file != "" && s.wandb != "":
		return nil, usagef("--file and --wandb exclude each other")
	case s.file != "":
		if err := p.readDocument(s.file, &spec); err != nil {
			return nil, err
		}
	case s.wandb != "":
		if err := p.readSweep(s.wandb, args, &spec); err != nil {
			return nil, err
		}
	}
	if len(args) > 0 {
		spec["name"] = args[0]
	}
	if spec["name"] == nil || spec["name"] == "" {
		return nil, usagef("a study needs a NAME")
	}
	if s.direction != "" {
		spec["direction"] = s.direction
	}
	if cmd.Flags().Changed("seed") {
		spec["seed"] = s.seed
	}
	if cmd.Flags().Changed("max-trials") {
		if err := setMember(spec, "budget", "max_trials", s.maxTrials); err != nil {
			return nil, err
		}
	}
	for _, text := range s.params {
		name, d, err := parseParam(text)
		if err == nil {
			err = setMember(spec, "search_space", name, d)
		}
		if err != nil {
			return nil, err
		}
	}
	for member, text := range map[string]string{"sampler": s.sampler, "pruner": s.pruner} {
		if text == "" {
			continue
		}
		node, err := nodeOf(member, text)
		if err != nil {
			return nil, err
		}
		spec[member] = node
	}
	return json.Marshal(spec)
}

// setMember sets a member of an object within a study.
func setMember(spec map[string]any, object, member string, v any) error {
	if spec[object] == nil {
		spec[object] = map[string]any{}
	}
	inner, ok := spec[object].(map[string]any)
	if !ok {
		return usagef("the file's %s is no object", object)
	}
	inner[member] = v
	return nil
}

// readDocument reads a file of YAML or JSON, or standard input for "-". Numbers
// stay as they are written.
func (p *program) readDocument(file string, v any) error {
	text, err := p.readText(file)
	if err != nil {
		return err
	}
	if start := bytes.TrimSpace(text); len(start) == 0 || start[0] != '{' {
		if text, err = yaml.YAMLToJSON(text); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err = d.Decode(v)
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = fmt.Errorf("there is more than one JSON value")
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// readText reads a file, or standard input for "-".
func (p *program) readText(file string) ([]byte, error) {
	if file != "-" {
		return os.ReadFile(file)
	}
	text, err := io.ReadAll(p.stdin)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return text, nil
}

// readSweep reads a sweep of W&B as a study. What is not quite as it was, and how
// to work on it, goes to stderr.
func (p *program) readSweep(file string, args []string, spec *map[string]any) error {
	text, err := p.readText(file)
	if err != nil {
		return err
	}
	sweep, err := wandb.Read(text)
	if err != nil {
		return fmt.Errorf("%s:\n%w", file, err)
	}
	for _, n := range sweep.Notes {
		fmt.Fprintf(p.stderr, "note: %s\n", printable(n.String()))
	}
	name := sweep.Study.Name
	if len(args) > 0 {
		name = args[0]
	}
	if line := sweep.CommandLine(name); line != "" && name != "" {
		fmt.Fprintf(p.stderr, "to work on it: %s\n", printable(line))
	}
	body, err := json.Marshal(sweep.Study)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	return d.Decode(spec)
}

func (p *program) studyList() *cobra.Command {
	var prefix string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List all studies",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			q := api.ListStudiesParams{}
			if prefix != "" {
				q.Prefix = &prefix
			}
			type list struct {
				Studies       []study `json:"studies"`
				NextPageToken string  `json:"next_page_token,omitempty"`
			}
			all, _, err := pages(0, func(size int, token *string) ([]study, string, error) {
				q.PageSize, q.PageToken = &size, token
				l, err := api.Read[list](c.API().ListStudies(cmd.Context(), &q))
				return l.Studies, l.NextPageToken, err
			})
			if err != nil {
				return err
			}
			return p.print(list{Studies: all}, func(w *tabwriter.Writer) { p.drawStudies(w, all) })
		},
	}
	cmd.Flags().StringVar(&prefix, "prefix", "", "only studies whose name `starts` so")
	return cmd
}

func (p *program) drawStudies(w io.Writer, all []study) {
	fmt.Fprintln(w, "NAME\tSTATE\tOBJECTIVES\tRUNNING\tWAITING\tCOMPLETE\tPRUNED\tFAIL\tCREATED")
	for i := range all {
		s := &all[i].value
		n := s.TrialCounts
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\n", printable(s.Name), state(s), cell(objectives(s)),
			n.RUNNING, n.WAITING, n.COMPLETE, n.PRUNED, n.FAIL, ago(p.now(), s.DatetimeStart))
	}
}

func state(s *api.Study) string {
	text := string(s.State)
	if s.StopReason != "" && s.StopReason != api.StopReasonStopped {
		text += " (" + string(s.StopReason) + ")"
	}
	return text
}

func objectives(s *api.Study) string {
	texts := make([]string, len(s.Objectives))
	for i, o := range s.Objectives {
		texts[i] = string(o.Direction) + " " + o.Metric
	}
	return strings.Join(texts, ", ")
}

func (p *program) studyShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show STUDY",
		Short: "Show a study",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			s, err := api.Read[study](c.API().GetStudy(cmd.Context(), args[0], nil))
			if err != nil {
				return err
			}
			return p.printStudy(&s)
		},
	}
}

// printStudy prints a study, and warns on stderr of what is doubtful in it.
func (p *program) printStudy(s *study) error {
	p.warn(s.value.Warnings)
	return p.print(s, func(w *tabwriter.Writer) { p.drawStudy(w, &s.value) })
}

func (p *program) drawStudy(w io.Writer, s *api.Study) {
	n := s.TrialCounts
	fmt.Fprintf(w, "name\t%s\n", printable(s.Name))
	fmt.Fprintf(w, "state\t%s\n", state(s))
	fmt.Fprintf(w, "objectives\t%s\n", printable(objectives(s)))
	fmt.Fprintf(w, "trials\t%d running, %d waiting, %d complete, %d pruned, %d failed\n", n.RUNNING, n.WAITING, n.COMPLETE, n.PRUNED, n.FAIL)
	fmt.Fprintf(w, "spent\t%s\n", spent(s))
	fmt.Fprintf(w, "sampler\t%s\n", printable(string(s.Sampler)))
	fmt.Fprintf(w, "pruner\t%s (version %d)\n", printable(string(s.Pruner)), s.PrunerVersion)
	for _, c := range s.Constraints {
		fmt.Fprintf(w, "constraint\t%s %s %s\n", printable(c.Metric), c.Op, number(c.Bound, 6))
	}
	fmt.Fprintf(w, "seed\t%d\n", s.Seed)
	fmt.Fprintf(w, "lease\t%d s, %d retries\n", s.LeaseSeconds, s.MaxRetries)
	fmt.Fprintf(w, "created\t%s\n", ago(p.now(), s.DatetimeStart))
	for _, name := range slices.Sorted(maps.Keys(s.SearchSpace)) {
		fmt.Fprintf(w, "param %s\t%s\n", printable(name), distribution(s.SearchSpace[name]))
	}
}

// spent lists what a study took, each with its budget if there is one.
func spent(s *api.Study) string {
	b := deref(s.Budget)
	var texts []string
	for _, a := range []struct {
		unit  string
		spent *float64
		most  float64
	}{
		{"trials", s.Spent.Trials, float64(b.MaxTrials)},
		{"wall s", s.Spent.WallSeconds, b.WallSeconds},
		{"trial s", s.Spent.TrialSeconds, b.TrialSeconds},
		{"CPU s", s.Spent.CPUSeconds, b.CPUSeconds},
		{"GPU s", s.Spent.GPUSeconds, b.GPUSeconds},
		{"J", s.Spent.EnergyJoules, b.EnergyJoules},
		{"cost", s.Spent.Cost, b.Cost},
	} {
		if a.spent == nil && a.most == 0 {
			continue
		}
		text := number(deref(a.spent), rough)
		if a.most > 0 {
			text += " of " + number(a.most, rough)
		}
		texts = append(texts, text+" "+a.unit)
	}
	return cmp.Or(strings.Join(texts, ", "), "-")
}

// changeCall is a call that changes a study.
type changeCall func(c *api.Client, ctx context.Context, study string, editors ...api.RequestEditorFn) (*http.Response, error)

// studyChange is a command that changes the state of a study.
func (p *program) studyChange(verb, short string, call changeCall) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " STUDY",
		Short: short,
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			s, err := api.Read[study](call(c.API(), cmd.Context(), args[0]))
			if err != nil {
				return err
			}
			return p.print(s, func(w *tabwriter.Writer) {
				fmt.Fprintf(w, "study %s is %s\n", printable(s.value.Name), s.value.State)
			})
		},
	}
}

func (p *program) studyDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete STUDY --yes",
		Short: "Delete a study and its trials, for good",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes {
				return usagef("this deletes %s and all its trials for good: say --yes", args[0])
			}
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			if _, err := api.Read[struct{}](c.API().DeleteStudy(cmd.Context(), args[0], nil)); err != nil {
				return err
			}
			fmt.Fprintf(p.stderr, "study %s is deleted\n", args[0])
			return nil
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "yes, delete it")
	return cmd
}
