package optuna

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// database is an SQLite file of Optuna's RDBStorage, seen as it was when it was
// opened: in one transaction, which is never ended but by closing.
type database struct {
	db    *sql.DB
	tx    *sql.Tx
	wall  *time.Location // of the clock by which times were written before version 5
	local bool           // they were
	has   map[string]bool
	dists map[string]*Distribution // by text: trials share theirs
}

// openDatabase opens a database without ever writing to it. One in WAL mode
// whose directory cannot be written to is read without a lock if it has no log:
// then nobody has it open.
func openDatabase(ctx context.Context, path string, wall *time.Location) (*database, error) {
	d, err := tryDatabase(ctx, path, wall, "mode=ro&_busy_timeout=5000")
	if err == nil || errors.Is(err, errForeign) {
		return d, err
	}
	if info, e := os.Stat(path + "-wal"); e == nil && info.Size() > 0 {
		return nil, err
	}
	if d, e := tryDatabase(ctx, path, wall, "mode=ro&immutable=1"); e == nil {
		return d, nil
	}
	return nil, err
}

// errForeign is the error of a database that is not Optuna's.
var errForeign = errors.New("this SQLite database is not one of Optuna 2 to 5")

func tryDatabase(ctx context.Context, path string, wall *time.Location, options string) (d *database, err error) {
	d = &database{wall: wall, has: map[string]bool{}, dists: map[string]*Distribution{}}
	if d.db, err = sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+options); err != nil {
		return nil, err
	}
	if d.tx, err = d.db.BeginTx(ctx, nil); err == nil {
		err = d.inspect(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Close implements [io.Closer].
func (d *database) Close() error {
	if d.tx != nil {
		// The end of its context has ended it, too.
		if err := d.tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
			return errors.Join(err, d.db.Close())
		}
	}
	return d.db.Close()
}

func (d *database) notes() []string { return nil }

// inspect finds out which columns there are, and which clock was used.
func (d *database) inspect(ctx context.Context) error {
	err := d.query(ctx, `SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'`, func(rows *sql.Rows) error {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return err
		}
		d.has[table+"."+column] = true
		return nil
	})
	if err != nil {
		return err
	}
	for _, column := range []string{
		"studies.study_name", "trials.study_id", "trials.number", "trials.state", "trials.datetime_start", "trial_params.param_value",
		"trial_params.distribution_json", "trial_user_attributes.value_json", "trial_system_attributes.value_json", "trial_values.value",
		"study_user_attributes.value_json", "study_system_attributes.value_json", "version_info.library_version",
	} {
		if !d.has[column] {
			return fmt.Errorf("%w: it has no %s", errForeign, column)
		}
	}
	var version string
	err = d.tx.QueryRowContext(ctx, `SELECT library_version FROM version_info`).Scan(&version)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	d.local = onTheWall(version)
	return nil
}

// onTheWall says that a version of Optuna stores times without their zone.
func onTheWall(version string) bool {
	major, _, _ := strings.Cut(version, ".")
	v, err := strconv.Atoi(major)
	return err != nil || v < 5
}

// query calls visit at each row of an answer.
func (d *database) query(ctx context.Context, text string, visit func(*sql.Rows) error, args ...any) error {
	rows, err := d.tx.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err below has it
	for rows.Next() {
		if err := visit(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (d *database) studies(ctx context.Context) ([]Study, error) {
	direction := `(SELECT group_concat(direction) FROM (SELECT direction FROM study_directions d WHERE d.study_id = s.study_id ORDER BY objective))`
	if d.has["studies.direction"] { // before 2.4
		direction = `s.direction`
	}
	var out []Study
	err := d.query(ctx, `SELECT study_id, study_name, `+direction+`,
		(SELECT count(*) FROM trials t WHERE t.study_id = s.study_id) FROM studies s ORDER BY study_id`, func(rows *sql.Rows) error {
		var s Study
		var directions sql.NullString
		if err := rows.Scan(&s.id, &s.Name, &directions, &s.Trials); err != nil {
			return err
		}
		for word := range strings.SplitSeq(directions.String, ",") {
			s.Directions = append(s.Directions, directionOf(word == "MAXIMIZE"))
		}
		out = append(out, s)
		return nil
	})
	for i := range out {
		if err == nil {
			err = d.describe(ctx, &out[i])
		}
	}
	return out, err
}

func directionOf(maximize bool) string {
	if maximize {
		return "maximize"
	}
	return "minimize"
}

// describe reads the attributes of a study.
func (d *database) describe(ctx context.Context, s *Study) error {
	system := map[string]json.RawMessage{}
	s.UserAttrs = map[string]json.RawMessage{}
	for table, into := range map[string]map[string]json.RawMessage{"study_user_attributes": s.UserAttrs, "study_system_attributes": system} {
		err := d.query(ctx, `SELECT key, value_json FROM `+table+` WHERE study_id = ?`, func(rows *sql.Rows) error {
			var key, value string
			if err := rows.Scan(&key, &value); err != nil {
				return err
			}
			into[key] = standard([]byte(value))
			return nil
		}, s.id)
		if err != nil {
			return err
		}
	}
	s.name(system)
	return nil
}

// name takes the names of the objectives out of a study's system attributes.
func (s *Study) name(system map[string]json.RawMessage) {
	var names []string
	if json.Unmarshal(system["study:metric_names"], &names) == nil && len(names) == len(s.Directions) {
		s.metricNames = names
	}
}

// each reads the trials and what belongs to them side by side, all by the
// trials' ids, whose order is that of the numbers.
func (d *database) each(ctx context.Context, s *Study, visit func(*trial) error) error {
	value := `NULL`
	if d.has["trials.value"] { // before 2.4
		value = `value`
	}
	parts, err := d.parts(ctx, s)
	defer func() {
		for _, p := range parts {
			_ = p.rows.Close() // it was only read
		}
	}()
	if err != nil {
		return err
	}
	return d.query(ctx, `SELECT trial_id, number, state, CAST(datetime_start AS TEXT), CAST(datetime_complete AS TEXT), `+value+`
		FROM trials WHERE study_id = ? ORDER BY trial_id`, func(rows *sql.Rows) error {
		t := &trial{userAttrs: map[string]json.RawMessage{}, systemAttrs: map[string]json.RawMessage{}}
		var id int64
		var number sql.NullInt64
		var start, end sql.NullString
		var value sql.NullFloat64
		if err := rows.Scan(&id, &number, &t.state, &start, &end, &value); err != nil {
			return err
		}
		t.number = number.Int64
		t.started, t.ended = d.time(start), d.time(end)
		if value.Valid {
			t.values = append(t.values, value.Float64)
		}
		for _, p := range parts {
			if err := p.take(id, t); err != nil {
				return fmt.Errorf("trial %d: %w", t.number, err)
			}
		}
		return visit(t)
	}, s.id)
}

// time reads a time as SQLAlchemy stores it.
func (d *database) time(text sql.NullString) time.Time {
	zone := time.UTC
	if d.local {
		zone = d.wall
	}
	at, err := time.ParseInLocation("2006-01-02 15:04:05.999999", text.String, zone)
	if err != nil {
		return time.Time{} // absent
	}
	return at.UTC()
}

// part is a table with rows that belong to trials, by the trials' ids.
type part struct {
	rows  *sql.Rows
	id    int64 // whose the row is that was read ahead
	ahead bool
	scan  func(id *int64) error
	put   func(*trial) error
}

// take puts the rows of a trial into it.
func (p *part) take(id int64, t *trial) error {
	for {
		if p.ahead {
			if p.id > id {
				return nil
			}
			if p.id == id {
				if err := p.put(t); err != nil {
					return err
				}
			}
		}
		if p.ahead = p.rows.Next(); !p.ahead {
			p.id = math.MaxInt64
			return p.rows.Err()
		}
		if err := p.scan(&p.id); err != nil {
			return err
		}
	}
}

func (d *database) parts(ctx context.Context, s *Study) (out []*part, err error) {
	add := func(columns, table, order string, fill func(*part)) {
		if err != nil {
			return
		}
		p := &part{}
		//nolint:rowserrcheck // take checks it
		p.rows, err = d.tx.QueryContext(ctx, `SELECT x.trial_id, `+columns+` FROM trials t JOIN `+table+` x ON x.trial_id = t.trial_id
			WHERE t.study_id = ? ORDER BY t.trial_id`+order, s.id)
		if err == nil {
			fill(p)
			out = append(out, p)
		}
	}
	add("x.param_name, x.param_value, x.distribution_json", "trial_params", ", x.param_id", d.params)
	add("x.key, x.value_json", "trial_user_attributes", "", func(p *part) { attrs(p, func(t *trial) map[string]json.RawMessage { return t.userAttrs }) })
	add("x.key, x.value_json", "trial_system_attributes", "", func(p *part) { attrs(p, func(t *trial) map[string]json.RawMessage { return t.systemAttrs }) })
	kind := func(column string) string {
		if name, _, _ := strings.Cut(column, "."); d.has[column] {
			return "x." + strings.TrimPrefix(column, name+".")
		}
		return "'FINITE'" // before 3.0
	}
	if d.has["trial_values.step"] { // before 2.4
		add("x.step, x.value, 'FINITE'", "trial_values", ", x.step", steps)
		return out, err
	}
	add("x.objective, x.value, "+kind("trial_values.value_type"), "trial_values", ", x.objective", values)
	add("x.step, x.intermediate_value, "+kind("trial_intermediate_values.intermediate_value_type"), "trial_intermediate_values", ", x.step", steps)
	return out, err
}

func (d *database) params(p *part) {
	var x param
	var value sql.NullFloat64
	var text string
	p.scan = func(id *int64) error { return p.rows.Scan(id, &x.name, &value, &text) }
	p.put = func(t *trial) (err error) {
		if x.dist = d.dists[text]; x.dist == nil {
			if x.dist, err = parseDistribution([]byte(text)); err != nil {
				return fmt.Errorf("%s: %w", x.name, err)
			}
			d.dists[text] = x.dist
		}
		x.value = stored(value, "FINITE")
		t.params = append(t.params, x)
		return nil
	}
}

func attrs(p *part, of func(*trial) map[string]json.RawMessage) {
	var key, value string
	p.scan = func(id *int64) error { return p.rows.Scan(id, &key, &value) }
	p.put = func(t *trial) error {
		of(t)[key] = standard([]byte(value))
		return nil
	}
}

func values(p *part) {
	var value sql.NullFloat64
	var at int
	var kind string
	p.scan = func(id *int64) error { return p.rows.Scan(id, &at, &value, &kind) }
	p.put = func(t *trial) error {
		t.valuesAreMisfit = t.valuesAreMisfit || at != len(t.values)
		t.values = append(t.values, stored(value, kind))
		return nil
	}
}

func steps(p *part) {
	var value sql.NullFloat64
	var at int64
	var kind string
	p.scan = func(id *int64) error { return p.rows.Scan(id, &at, &value, &kind) }
	p.put = func(t *trial) error {
		t.steps = append(t.steps, step{at, stored(value, kind)})
		return nil
	}
}

// stored returns a number as it is stored: since version 3 with the kind of those
// that databases do not have.
func stored(value sql.NullFloat64, kind string) float64 {
	switch {
	case kind == "INF_POS":
		return math.Inf(1)
	case kind == "INF_NEG":
		return math.Inf(-1)
	case !value.Valid:
		return math.NaN()
	default:
		return value.Float64
	}
}
