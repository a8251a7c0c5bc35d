// Command loud links Bubble Tea without a guard.
package main

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"
)

func main() { fmt.Println("done", tea.Quit() != nil) }
