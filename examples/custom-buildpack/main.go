// Prints what the two buildpacks of this example put into the image beside the program.
package main

import (
	"fmt"
	"os"
)

func main() {
	for _, name := range []string{"BUILD_INFO", "NOTICE"} {
		text, err := os.ReadFile(os.Getenv(name))
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			os.Exit(1)
		}
		fmt.Printf("%s\n%s", name, text)
	}
}
