package wandb

import (
	"regexp"
	"slices"
	"strings"
)

// usual is the command of a sweep that has none.
var usual = []any{"${env}", "${interpreter}", "${program}", "${args}"}

// whole are the macros that stand for many arguments.
var whole = map[string]string{
	"${args}":                  "{args}",
	"${args_no_boolean_flags}": "{args:flags}",
	"${args_no_hyphens}":       "{args:hydra}",
}

// braces matches what "espalier run" would take for a parameter.
var braces = regexp.MustCompile(`\{[A-Za-z_][A-Za-z0-9_.-]*([:?][^{}]*)?\}`)

// macro matches a macro of W&B.
var macro = regexp.MustCompile(`\$\{[^}]*\}`)

// command makes the command of a sweep into one for espalier run.
func (r *reader) command(config map[string]any) {
	program := r.text(config, "program")
	words, given := config["command"].([]any)
	if config["command"] != nil && !given {
		r.refuse("command", "want a list of arguments")
		return
	}
	if !given {
		if program == "" {
			r.note("program", "there is none: espalier run takes any command, after --")
			return
		}
		words = usual
	}
	for i, word := range words {
		text, ok := word.(string)
		if !ok {
			r.refuse("command", "want a list of strings; %v is none", word)
			return
		}
		if text == "${env}" { // espalier run finds a program by PATH itself
			if next := i + 1; next < len(words) && strings.Contains(asText(words[next]), "=") {
				r.sweep.Command = append(r.sweep.Command, "env")
			}
			continue
		}
		if many, ok := whole[text]; ok {
			r.sweep.Command = append(r.sweep.Command, many)
			continue
		}
		r.sweep.Command = append(r.sweep.Command, r.expand(text, program))
	}
	if slices.Contains(r.sweep.Command, "{args}") || slices.Contains(r.sweep.Command, "{args:hydra}") {
		r.note("command", "booleans are written true and false; W&B writes True and False")
	}
}

func asText(v any) string {
	text, _ := v.(string)
	return text
}

// expand replaces the macros within one argument.
func (r *reader) expand(text, program string) string {
	var out strings.Builder
	for text != "" {
		at := macro.FindStringIndex(text)
		if at == nil {
			at = []int{len(text), len(text)}
		}
		out.WriteString(braces.ReplaceAllString(text[:at[0]], "{$0}"))
		out.WriteString(r.macro(text[at[0]:at[1]], program))
		text = text[at[1]:]
	}
	return out.String()
}

// macro is what a macro becomes. A variable of the environment stays as it is,
// for the shell that reads the command line.
func (r *reader) macro(name, program string) string {
	variable, isVariable := strings.CutPrefix(name, "${envvar:")
	switch {
	case name == "":
		return ""
	case name == "${interpreter}":
		return "python"
	case name == "${args_json_file}":
		return "{params_file}"
	case isVariable:
		return "${" + variable
	case name == "${program}":
		if program == "" {
			r.refuse("program", "the command needs it")
		}
		return program
	case name == "${args_json}":
		r.refuse("command", "${args_json} has no counterpart: ${args_json_file} has, and the variable ESPALIER_PARAMS holds the same text")
	case whole[name] != "" || name == "${env}":
		r.refuse("command", "%s must be an argument by itself", name)
	default:
		r.refuse("command", "%s is no macro that is known here", name)
	}
	return ""
}

// CommandLine is the command line of "espalier run" that works on a study until
// it ends, for a POSIX shell; empty without a command.
func (s *Sweep) CommandLine(study string) string {
	if len(s.Command) == 0 {
		return ""
	}
	words := []string{"espalier", "run", "--study", study, "--count", "0", "--"}
	for _, arg := range s.Command {
		words = append(words, quoted(arg))
	}
	return strings.Join(words, " ")
}

var (
	bare     = regexp.MustCompile(`^[A-Za-z0-9_@%+=:./{}-]+$`) // no comma: a shell may expand {a,b}
	escape   = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`)
	variable = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)
)

// quoted is an argument as a shell takes it. Variables are left to the shell.
func quoted(arg string) string {
	found := variable.FindAllStringIndex(arg, -1)
	switch {
	case len(found) > 0:
		var out strings.Builder
		from := 0
		for _, at := range found {
			out.WriteString(escape.Replace(arg[from:at[0]]) + arg[at[0]:at[1]])
			from = at[1]
		}
		return `"` + out.String() + escape.Replace(arg[from:]) + `"`
	case bare.MatchString(arg) && !strings.Contains(arg, ".."): // nor {1..3}
		return arg
	default:
		return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
	}
}
