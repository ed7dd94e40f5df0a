package process

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"github.com/shirou/gopsutil/v3/process"
	"golang.org/x/sys/windows"
)

// group is a job object, which holds all that comes of a command. The system
// ends it with the agent.
type group struct {
	job windows.Handle
	pid int
}

func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

// newGroup puts a process into a job object. What it started in the moment
// before is not inside.
func newGroup(pid int) (group, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return group{}, err
	}
	g := group{job: job, pid: pid}
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err != nil {
		return group{}, errors.Join(err, g.close())
	}
	handle, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(pid))
	if err != nil {
		return group{}, errors.Join(err, g.close())
	}
	err = errors.Join(windows.AssignProcessToJobObject(job, handle), windows.CloseHandle(handle))
	if err != nil {
		return group{}, errors.Join(err, g.close())
	}
	return g, nil
}

// maxMembers is how many processes of a job are looked at.
const maxMembers = 4096

// processList is JOBOBJECT_BASIC_PROCESS_ID_LIST.
type processList struct {
	assigned, listed uint32
	pids             [maxMembers]uintptr
}

// members returns the living processes in the job.
func (g group) members(map[int32]int64) []*process.Process {
	var list processList
	err := windows.QueryInformationJobObject(g.job, windows.JobObjectBasicProcessIdList,
		uintptr(unsafe.Pointer(&list)), uint32(unsafe.Sizeof(list)), nil)
	if err != nil && !errors.Is(err, windows.ERROR_MORE_DATA) {
		return nil
	}
	var members []*process.Process
	for _, pid := range list.pids[:min(list.listed, maxMembers)] {
		if p, err := process.NewProcess(int32(pid)); err == nil {
			members = append(members, p)
		}
	}
	return members
}

func (g group) signal(s os.Signal) error {
	switch s {
	case os.Interrupt, syscall.SIGTERM:
		return windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(g.pid))
	case os.Kill:
		return windows.TerminateJobObject(g.job, 128+uint32(syscall.SIGKILL))
	default:
		return fmt.Errorf("there is no signal %v on this system", s)
	}
}

func (g group) kill([]int) {
	_ = windows.TerminateJobObject(g.job, 128+uint32(syscall.SIGKILL)) // what cannot be killed is counted as left
}

func (g group) close() error { return windows.CloseHandle(g.job) }

func exitOf(s *os.ProcessState) Exit { return Exit{Code: s.ExitCode()} }
