// Penguin Shell: a shell that needs nothing in its image but itself.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	dir, err := os.Getwd()
	if err != nil {
		dir = "/"
	}
	shell := Shell{Dir: filepath.Clean(dir), Out: os.Stdout, Err: os.Stderr}
	// A prompt is for people: with a pipe for input there is only the output of the commands.
	info, err := os.Stdin.Stat()
	shell.Prompt = err == nil && info.Mode()&os.ModeCharDevice != 0
	if shell.Prompt {
		fmt.Println(`Penguin Shell. "help" lists the commands.`)
	}
	os.Exit(shell.Run(os.Stdin))
}
