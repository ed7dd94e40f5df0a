package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// withEnv are the flags that a variable of the environment sets when they are
// not given: ESPALIER_ADDR_FILE sets --addr-file.
var withEnv = []string{
	"listen", "db", "durability", "tls-cert", "tls-key", "insecure", "log-format", "log-level", "addr-file", "allow-origin",
	"server", "token-file", "tls-ca",
}

func variable(flag string) string {
	return "ESPALIER_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// nameEnv names the variables where the command's flags are explained.
func nameEnv(cmd *cobra.Command) {
	for _, name := range withEnv {
		if flag := cmd.Flag(name); flag != nil {
			flag.Usage += " [" + variable(name) + "]"
		}
	}
}

// applyEnv sets from the environment what the command line left out.
func applyEnv(cmd *cobra.Command, getenv func(string) string) error {
	for _, name := range withEnv {
		flag, value := cmd.Flags().Lookup(name), getenv(variable(name))
		if flag == nil || flag.Changed || value == "" {
			continue
		}
		if err := flag.Value.Set(value); err != nil {
			return usagef("%s=%q: %v", variable(name), value, err)
		}
	}
	return nil
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
