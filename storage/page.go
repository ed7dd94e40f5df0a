package storage

import (
	"slices"
	"strconv"
	"strings"

	"github.com/espalier-hpo/espalier/trials"
)

// part is a query for trials that goes by the last row of the page before and
// never counts rows.
type part struct {
	where []string
	order string
	args  []any
}

// parts are the queries that make a page, in order. An order by a column that
// may be NULL has two, each a range of the index: first the trials that have
// it, then those that do not.
func parts(study int64, q trials.TrialQuery) []*part {
	p := &part{}
	p.and("t.id >= ", trialID(study, 0))
	p.and("t.id < ", trialID(study+1, 0))
	byKey := q.Order == trials.ByValue || q.Order == trials.ByValueDesc ||
		q.Order == trials.ByCompletion || q.Order == trials.ByCompletionDesc
	if byKey || len(q.States) == 1 { // else an index would have to be sorted
		p.and("t.study_id = ", study)
	}
	if len(q.States) > 0 {
		places := make([]string, len(q.States))
		for i, s := range q.States {
			places[i] = p.bind(string(s))
		}
		column := "t.state"
		if byKey { // go by the index of the key, not by that of the state
			column = "t.state || ''"
		}
		p.where = append(p.where, column+" IN ("+strings.Join(places, ", ")+")")
	}
	if q.Feasible != nil {
		p.and("t.feasible = ", *q.Feasible)
	}
	switch q.Order {
	case trials.ByValue, trials.ByValueDesc:
		return p.byKey("t.value", q.Maximize == (q.Order == trials.ByValue), study, q.After)
	case trials.ByCompletion, trials.ByCompletionDesc:
		return p.byKey("t.complete_us", q.Order == trials.ByCompletionDesc, study, q.After)
	case trials.ByNumberDesc:
		p.order = "t.id DESC"
		if q.After != nil {
			p.and("t.id < ", trialID(study, q.After.Number))
		}
	default: // ByNumber
		p.byNumber(study, q.After)
	}
	return []*part{p}
}

func (p *part) byNumber(study int64, after *trials.TrialCursor) {
	p.order = "t.id"
	if after != nil {
		p.and("t.id > ", trialID(study, after.Number))
	}
}

// byKey sorts by a column and then by number.
func (p *part) byKey(column string, desc bool, study int64, after *trials.TrialCursor) []*part {
	none := &part{where: slices.Clone(p.where), args: slices.Clone(p.args)}
	none.where = append(none.where, column+" IS NULL")
	if after != nil && after.Key == nil {
		none.byNumber(study, after)
		return []*part{none}
	}
	none.byNumber(study, nil)
	beyond, direction := ">", " ASC"
	if desc {
		beyond, direction = "<", " DESC"
	}
	p.where = append(p.where, column+" IS NOT NULL")
	p.order = column + direction + ", t.id"
	if after != nil {
		key := p.bind(*after.Key)
		p.where = append(p.where, column+" "+beyond+"= "+key,
			"("+column+" "+beyond+" "+key+" OR t.id > "+p.bind(trialID(study, after.Number))+")")
	}
	return []*part{p, none}
}

// and adds a condition that ends with the argument v.
func (p *part) and(condition string, v any) {
	p.where = append(p.where, condition+p.bind(v))
}

// bind adds an argument and returns its place.
func (p *part) bind(v any) string {
	p.args = append(p.args, v)
	return "$" + strconv.Itoa(len(p.args))
}

func (p *part) text(columns string, limit int64) string {
	return "SELECT " + columns + " FROM trials t WHERE " + strings.Join(p.where, " AND ") +
		" ORDER BY " + p.order + " LIMIT " + strconv.FormatInt(limit, 10)
}
