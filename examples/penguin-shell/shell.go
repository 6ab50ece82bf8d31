package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// Shell reads command lines and carries them out.
type Shell struct {
	// Dir is the working directory, absolute.
	Dir    string
	Out    io.Writer
	Err    io.Writer
	Prompt bool

	status int
}

type command struct {
	usage string
	run   func(shell *Shell, args []string) error
}

// A function, for "help" is among the commands that it lists.
func commands() map[string]command {
	return map[string]command{
		"cat":  {"cat FILE...", (*Shell).cat},
		"cd":   {"cd [DIR]", (*Shell).cd},
		"echo": {"echo [WORD...]", (*Shell).echo},
		"exit": {"exit [STATUS]", nil},
		"help": {"help", (*Shell).help},
		"ls":   {"ls [DIR...]", (*Shell).ls},
		"pwd":  {"pwd", (*Shell).pwd},
	}
}

// Run carries out every line of the input and returns the status to exit with.
func (shell *Shell) Run(input io.Reader) int {
	lines := bufio.NewScanner(input)
	lines.Buffer(nil, 1<<20)
	for shell.prompt(); lines.Scan(); shell.prompt() {
		words, err := split(lines.Text())
		if err != nil {
			shell.fail(err)
			continue
		}
		if len(words) == 0 {
			continue
		}
		if words[0] == "exit" {
			return shell.exit(words[1:])
		}
		shell.runCommand(words[0], words[1:])
	}
	if err := lines.Err(); err != nil {
		shell.fail(err)
	}
	if shell.Prompt {
		fmt.Fprintln(shell.Out)
	}
	return shell.status
}

func (shell *Shell) runCommand(name string, args []string) {
	found, ok := commands()[name]
	if !ok {
		shell.fail(fmt.Errorf("%s: there is no such command", name))
		shell.status = 127
		return
	}
	shell.status = 0
	if err := found.run(shell, args); err != nil {
		shell.fail(fmt.Errorf("%s: %w", name, err))
	}
}

func (shell *Shell) prompt() {
	if shell.Prompt {
		fmt.Fprintf(shell.Out, "%s 🐧 ", shell.Dir)
	}
}

func (shell *Shell) fail(err error) {
	fmt.Fprintln(shell.Err, err)
	shell.status = 1
}

// path makes an argument absolute: the shell's directory is its own, not the process's.
func (shell *Shell) path(arg string) string {
	if filepath.IsAbs(arg) {
		return filepath.Clean(arg)
	}
	return filepath.Join(shell.Dir, arg)
}

func (shell *Shell) cat(args []string) error {
	if len(args) == 0 {
		return errors.New("name a file")
	}
	for _, arg := range args {
		file, err := os.Open(shell.path(arg))
		if err != nil {
			return err
		}
		_, err = io.Copy(shell.Out, file)
		if closed := file.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (shell *Shell) cd(args []string) error {
	dir := "/"
	if len(args) > 0 {
		dir = shell.path(args[0])
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is no directory", dir)
	}
	shell.Dir = dir
	return nil
}

func (shell *Shell) echo(args []string) error {
	_, err := fmt.Fprintln(shell.Out, strings.Join(args, " "))
	return err
}

func (shell *Shell) exit(args []string) int {
	if len(args) == 0 {
		return shell.status
	}
	status, err := strconv.ParseUint(args[0], 10, 8)
	if err != nil {
		fmt.Fprintf(shell.Err, "exit: %s is no status from 0 to 255\n", args[0])
		return 2
	}
	return int(status)
}

func (shell *Shell) help([]string) error {
	var usages []string
	for _, command := range commands() {
		usages = append(usages, command.usage)
	}
	sort.Strings(usages)
	_, err := fmt.Fprintln(shell.Out, strings.Join(usages, "\n"))
	return err
}

func (shell *Shell) ls(args []string) error {
	if len(args) == 0 {
		args = []string{"."}
	}
	for _, arg := range args {
		entries, err := os.ReadDir(shell.path(arg))
		if err != nil {
			return err
		}
		for _, entry := range entries {
			name := entry.Name()
			if entry.IsDir() {
				name += "/"
			}
			fmt.Fprintln(shell.Out, name)
		}
	}
	return nil
}

func (shell *Shell) pwd([]string) error {
	_, err := fmt.Fprintln(shell.Out, shell.Dir)
	return err
}

// split cuts a line into words. Quotes keep spaces together; what comes behind a # at the beginning of a word is a comment.
func split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	inWord := false
	for _, char := range line {
		switch {
		case quote != 0 && char == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(char)
		case char == '\'' || char == '"':
			quote, inWord = char, true
		case char == ' ' || char == '\t' || char == '\r':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		case char == '#' && !inWord:
			return words, nil
		default:
			word.WriteRune(char)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed")
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
