// Command tarbytes writes archives with Go's archive/tar, for comparison with ours.
//
//	tarbytes headers                           reads one JSON entry a line, writes its header blocks in hex, a line each
//	tarbytes tree DIR NAME UID GID walk|path   writes the archive of a directory as a layer
package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"time"
)

type entry struct {
	Name     []byte `json:"name"`
	Link     []byte `json:"link"`
	Type     string `json:"type"`
	Mode     int64  `json:"mode"`
	UID      int    `json:"uid"`
	GID      int    `json:"gid"`
	Size     int64  `json:"size"`
	Devmajor int64  `json:"devmajor"`
	Devminor int64  `json:"devminor"`
	Mtime    int64  `json:"mtime"`
}

var normalized = time.Date(1980, time.January, 1, 0, 0, 1, 0, time.UTC)

func main() {
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "headers":
		err = headers(os.Stdin, os.Stdout)
	case len(os.Args) == 7 && os.Args[1] == "tree":
		err = tree(os.Stdout)
	default:
		err = fmt.Errorf("usage: tarbytes headers | tree DIR NAME UID GID walk|path")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func headers(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return err
		}
		var buf bytes.Buffer
		err := tar.NewWriter(&buf).WriteHeader(&tar.Header{
			Typeflag: e.Type[0], Name: string(e.Name), Linkname: string(e.Link), Mode: e.Mode, Uid: e.UID, Gid: e.GID,
			Size: e.Size, Devmajor: e.Devmajor, Devminor: e.Devminor, ModTime: time.Unix(e.Mtime, 0),
		})
		if err != nil {
			fmt.Fprintln(out, "error: "+err.Error())
			continue
		}
		fmt.Fprintln(out, hex.EncodeToString(buf.Bytes()))
	}
	return lines.Err()
}

type file struct {
	path, name string
	info       os.FileInfo
}

func tree(out io.Writer) error {
	dir, name := os.Args[2], os.Args[3]
	uid, err := strconv.Atoi(os.Args[4])
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(os.Args[5])
	if err != nil {
		return err
	}
	var files []file
	err = filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode()&os.ModeSocket == 0 {
			files = append(files, file{path, name + path[len(dir):], info})
		}
		return err
	})
	if err != nil {
		return err
	}
	if os.Args[6] == "path" {
		sort.Slice(files, func(i, j int) bool { return files[i].name < files[j].name })
	}
	w := tar.NewWriter(out)
	for _, f := range files {
		if err := add(w, f, uid, gid); err != nil {
			return err
		}
	}
	return w.Close()
}

func add(w *tar.Writer, f file, uid, gid int) error {
	target := ""
	if f.info.Mode()&os.ModeSymlink != 0 {
		var err error
		if target, err = os.Readlink(f.path); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(f.info, target)
	if err != nil {
		return err
	}
	header.Name, header.ModTime = f.name, normalized
	header.Uid, header.Gid, header.Uname, header.Gname = uid, gid, "", ""
	if err := w.WriteHeader(header); err != nil {
		return err
	}
	if !f.info.Mode().IsRegular() {
		return nil
	}
	content, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = io.Copy(w, content)
	return err
}
