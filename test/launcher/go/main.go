// Reads and writes the launcher's documents with the TOML library that the reference lifecycle uses.
// Standard input holds "<kind> <length>\n<bytes>" for each document, standard output gets one line of JSON each:
// m and e read metadata.toml and an exec.d program's output (null if it is refused), w writes the metadata.toml for a
// document given as JSON, as a JSON string.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/BurntSushi/toml"
)

// What a launcher reads.
type metadata struct {
	Processes  []process   `toml:"processes" json:"processes"`
	Buildpacks []buildpack `toml:"buildpacks" json:"buildpacks"`
}

// What a lifecycle writes besides.
type writtenMetadata struct {
	metadata
	Labels []label `toml:"labels" json:"labels,omitempty"`
	Slices []slice `toml:"slices" json:"slices,omitempty"`
}

type process struct {
	Direct           bool     `toml:"direct" json:"direct"`
	Default          bool     `toml:"default,omitempty" json:"-"`
	Type             string   `toml:"type" json:"type"`
	Command          command  `toml:"command" json:"command"`
	Args             []string `toml:"args" json:"args"`
	BuildpackID      string   `toml:"buildpack-id" json:"buildpack-id"`
	WorkingDirectory string   `toml:"working-dir,omitempty" json:"working-dir"`
	ExecEnv          []string `toml:"exec-env,omitempty" json:"exec-env"`
}

type buildpack struct {
	Known bool   `toml:"-" json:"known"`
	ID    string `toml:"id" json:"id"`
	API   string `toml:"api" json:"api"`
}

type label struct {
	Key   string `toml:"key" json:"key"`
	Value string `toml:"value" json:"value"`
}

type slice struct {
	Paths []string `toml:"paths" json:"paths"`
}

// A command is a string or an array, and is written with JSON's escapes.
type command []string

func (c *command) UnmarshalTOML(value any) error {
	switch value := value.(type) {
	case string:
		*c = command{value}
	case []any:
		*c = command{}
		for _, word := range value {
			word, ok := word.(string)
			if !ok {
				return fmt.Errorf("no string")
			}
			*c = append(*c, word)
		}
	default:
		return fmt.Errorf("no command")
	}
	return nil
}

func (c command) MarshalTOML() ([]byte, error) {
	words := make([]string, len(c))
	for i, word := range c {
		bytes, err := json.Marshal(word)
		if err != nil {
			return nil, err
		}
		words[i] = string(bytes)
	}
	return []byte("[" + strings.Join(words, ", ") + "]"), nil
}

func readMetadata(document string) any {
	md := metadata{}
	if _, err := toml.Decode(document, &md); err != nil {
		return nil
	}
	if md.Processes == nil {
		md.Processes = []process{}
	}
	if md.Buildpacks == nil {
		md.Buildpacks = []buildpack{}
	}
	for i := range md.Processes {
		p := &md.Processes[i]
		p.Command = append(command{}, p.Command...)
		p.Args = append([]string{}, p.Args...)
		p.ExecEnv = append([]string{}, p.ExecEnv...)
	}
	for i := range md.Buildpacks {
		md.Buildpacks[i].Known = true
	}
	return md
}

func readVariables(document string) any {
	variables := map[string]string{}
	if _, err := toml.Decode(document, &variables); err != nil {
		return nil
	}
	return variables
}

func writeMetadata(document string) any {
	md := writtenMetadata{}
	if err := json.Unmarshal([]byte(document), &md); err != nil {
		panic(err)
	}
	var text strings.Builder
	if err := toml.NewEncoder(&text).Encode(md); err != nil {
		panic(err)
	}
	return text.String()
}

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		var kind string
		var length int
		if _, err := fmt.Fscanf(in, "%s %d\n", &kind, &length); err != nil {
			return
		}
		bytes := make([]byte, length)
		if _, err := io.ReadFull(in, bytes); err != nil {
			panic(err)
		}
		read := map[string]func(string) any{"m": readMetadata, "e": readVariables, "w": writeMetadata}[kind]
		if err := encoder.Encode(read(string(bytes))); err != nil {
			panic(err)
		}
	}
}
