package pruner

import (
	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// nop never fires.
type nop struct{}

func newNop() rule { return nop{} }

func (nop) declare(*options.Set)                 {}
func (nop) prepare(*trials.StudySpec, *findings) {}
func (nop) needs() []trials.Need                 { return nil }
func (nop) judge(*trials.Case) trials.Verdict    { return trials.Pass }

func (nop) explain(_ *trials.Case, e *trials.Explanation) { e.Sentence = "This rule never fires." }
