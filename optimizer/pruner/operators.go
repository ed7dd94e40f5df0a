package pruner

import (
	"encoding/json"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// maxChildren is how many rules one operator may have.
const maxChildren = 32

// below is what the operators have in common: the rules below them.
type below struct{ pruners []json.RawMessage }

func (b *below) declare(s *options.Set) {
	s.Nodes(&b.pruners, maxChildren, "pruners", "The rules it combines; those in shadow mode do not count.").Required()
}

func (b *below) prepare(*trials.StudySpec, *findings) {}

func (b *below) nodes() []json.RawMessage { return b.pruners }

// anyOf is Kleene's or.
type anyOf struct{ below }

func newAny() rule { return &anyOf{} }

func (*anyOf) verdict(v votes) trials.Verdict {
	switch {
	case v.fire > 0:
		return trials.Fire
	case v.unknown > 0:
		return trials.Unknown
	default:
		return trials.Pass
	}
}

// allOf is Kleene's and.
type allOf struct{ below }

func newAll() rule { return &allOf{} }

func (*allOf) verdict(v votes) trials.Verdict {
	switch {
	case v.pass > 0:
		return trials.Pass
	case v.unknown > 0:
		return trials.Unknown
	default:
		return trials.Fire
	}
}
