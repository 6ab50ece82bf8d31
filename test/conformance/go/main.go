// Command layers packs layers with Go's archive/tar, for comparison with recorded diff IDs: it reads a JSON list of layers, each a list of
// entries whose contents are in the files of their names, and writes the diff ID of each, a line each.
package main

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

type entry struct {
	Type string `json:"type"`
	Mode int64  `json:"mode"`
	UID  int    `json:"uid"`
	GID  int    `json:"gid"`
	Name []byte `json:"name"`
	Link []byte `json:"link"`
	// Where the content is, when it is not where the entry says.
	Content string `json:"content"`
}

var normalized = time.Date(1980, time.January, 1, 0, 0, 1, 0, time.UTC)

var types = map[string]byte{"f": tar.TypeReg, "d": tar.TypeDir, "l": tar.TypeSymlink, "p": tar.TypeFifo}

func main() {
	var layers [][]entry
	if err := json.NewDecoder(os.Stdin).Decode(&layers); err != nil {
		fail(err)
	}
	for _, layer := range layers {
		hash := sha256.New()
		if err := pack(layer, hash); err != nil {
			fmt.Println("error: " + err.Error())
			continue
		}
		fmt.Printf("sha256:%x\n", hash.Sum(nil))
	}
}

func pack(layer []entry, out io.Writer) error {
	archive := tar.NewWriter(out)
	for _, e := range layer {
		header := &tar.Header{
			Typeflag: types[e.Type], Name: string(e.Name), Linkname: string(e.Link), Mode: e.Mode, Uid: e.UID, Gid: e.GID, ModTime: normalized,
		}
		if err := add(archive, header, e.Content); err != nil {
			return err
		}
	}
	return archive.Close()
}

func add(archive *tar.Writer, header *tar.Header, path string) error {
	if header.Typeflag != tar.TypeReg {
		return archive.WriteHeader(header)
	}
	if path == "" {
		path = header.Name
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	header.Size = info.Size()
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(archive, file)
	return err
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
