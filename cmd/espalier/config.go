package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// envOf is the annotation of a flag that holds the name of its variable.
const envOf = "espalier_env"

// withEnv lets variables of the environment set flags that are not given:
// ESPALIER_ADDR_FILE sets --addr-file.
func withEnv(flags *pflag.FlagSet, names ...string) {
	for _, name := range names {
		flag := flags.Lookup(name)
		variable := "ESPALIER_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		flag.Annotations = map[string][]string{envOf: {variable}}
		flag.Usage += " [" + variable + "]"
	}
}

// applyEnv sets from the environment what the command line left out.
func applyEnv(cmd *cobra.Command, getenv func(string) string) (err error) {
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		variable := flag.Annotations[envOf]
		if err != nil || len(variable) == 0 || flag.Changed {
			return
		}
		value := getenv(variable[0])
		if value == "" {
			return
		}
		if bad := flag.Value.Set(value); bad != nil {
			err = usagef("%s=%q: %v", variable[0], value, bad)
		}
	})
	return err
}

// token is the server's bearer token: from the file, else from ESPALIER_TOKEN.
// It is empty if there is none.
func (p *program) token(cmd *cobra.Command) (string, error) {
	token := p.getenv("ESPALIER_TOKEN")
	switch {
	case p.tokenFile == "":
		if token == "" {
			return "", nil
		}
	case token != "" && !cmd.Flags().Changed("token-file"):
		return "", usagef("ESPALIER_TOKEN and ESPALIER_TOKEN_FILE are both set: which one?")
	default:
		b, err := os.ReadFile(p.tokenFile)
		if err != nil {
			return "", usagef("--token-file: %v", err)
		}
		token = strings.TrimSpace(string(b))
	}
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", usagef("the token is empty, or holds what is no visible ASCII character")
	}
	return token, nil
}
