// Command hushed links Bubble Tea behind the guard and prints CI as it is then.
package main

import (
	"fmt"
	"os"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/tui/quiet"
)

func main() {
	quiet.Restore()
	ci, set := os.LookupEnv("CI")
	fmt.Println("done", tea.Quit() != nil, ci, set)
}
