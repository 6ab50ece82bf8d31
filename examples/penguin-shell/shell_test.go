package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func run(t *testing.T, lines string) (out, err string, status int) {
	t.Helper()
	dir := t.TempDir()
	if e := os.MkdirAll(filepath.Join(dir, "a", "b c"), 0o755); e != nil {
		t.Fatal(e)
	}
	if e := os.WriteFile(filepath.Join(dir, "file"), []byte("content\n"), 0o644); e != nil {
		t.Fatal(e)
	}
	var stdout, stderr strings.Builder
	shell := Shell{Dir: dir, Out: &stdout, Err: &stderr}
	status = shell.Run(strings.NewReader(lines))
	return strings.ReplaceAll(stdout.String(), dir, "DIR"), strings.ReplaceAll(stderr.String(), dir, "DIR"), status
}

func TestRun(t *testing.T) {
	for name, test := range map[string]struct {
		lines, out, err string
		status          int
	}{
		"nothing":           {"", "", "", 0},
		"ls":                {"ls", "a/\nfile\n", "", 0},
		"cd":                {"cd a\nls\npwd", "b c/\nDIR/a\n", "", 0},
		"cd to a file":      {"cd file", "", "cd: DIR/file is no directory\n", 1},
		"echo with quotes":  {`echo 'a  b' "c" # no`, "a  b c\n", "", 0},
		"cat":               {"cat file", "content\n", "", 0},
		"exit":              {"exit 7\necho no", "", "", 7},
		"exit of the last":  {"cd nowhere\nexit", "", "cd: stat DIR/nowhere: no such file or directory\n", 1},
		"unknown":           {"rm -rf /", "", "rm: there is no such command\n", 127},
		"an open quote":     {"echo 'a", "", "a quote is not closed\n", 1},
		"good after bad":    {"rm\necho ok", "ok\n", "rm: there is no such command\n", 0},
		"Windows line ends": {"echo a\r\npwd\r\n", "a\nDIR\n", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			out, err, status := run(t, test.lines)
			if out != test.out || err != test.err || status != test.status {
				t.Errorf("got %q, %q, %d; want %q, %q, %d", out, err, status, test.out, test.err, test.status)
			}
		})
	}
}
