package metrics

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxRecord is the size of the largest record that is read, in bytes. A scalar
// takes some 50; larger ones hold pictures and graphs, and are passed over.
const maxRecord = 64 << 10

// errDamaged says that what stands in an event file is no record.
var errDamaged = errors.New("a record is damaged")

// eventFile is how far an event file was read. It is a sequence of records: the
// length as a 64-bit number, its checksum, that many bytes, their checksum; all
// little-endian. The bytes are an Event, a message of protocol buffers.
type eventFile struct {
	prefix  string
	offset  int64           // where the next record begins
	earlier int64           // how long it was before: what it held is read, but not taken
	foreign map[string]bool // tags that are no scalars, whatever they hold
	buffer  []byte
}

const (
	headSize = 12 // the length and its checksum
	tailSize = 4  // the checksum of the bytes
)

// unchanged says that a file holds what it did before, and nothing else. Where it
// was cut short, nothing of that is left.
func (f *eventFile) unchanged(file *os.File) (bool, error) {
	if f.earlier == 0 {
		return false, nil
	}
	info, err := file.Stat()
	if err != nil {
		return false, err
	}
	if info.Size() < f.earlier {
		f.offset, f.earlier = 0, 0
	}
	return info.Size() == f.earlier, nil
}

// read takes the scalars out of all complete records. One that is not complete
// waits for the next time.
func (f *eventFile) read(file io.ReaderAt, take func(name string, step int64, v float64)) error {
	var head [headSize]byte
	for {
		r := io.NewSectionReader(file, f.offset, math.MaxInt64-f.offset)
		if complete, err := fill(r, head[:]); !complete {
			return err
		}
		if !checked(head[:8], head[8:]) {
			return errDamaged
		}
		length := binary.LittleEndian.Uint64(head[:8])
		if length > math.MaxInt64/2-uint64(f.offset) {
			return errDamaged
		}
		size := headSize + int64(length) + tailSize
		if length > maxRecord {
			f.offset += size
			continue
		}
		f.buffer = append(f.buffer[:0], make([]byte, length+tailSize)...)
		if complete, err := fill(r, f.buffer); !complete {
			return err
		}
		data := f.buffer[:length]
		if !checked(data, f.buffer[length:]) {
			return errDamaged
		}
		f.offset += size
		taken := take
		if f.offset <= f.earlier { // its metadata may still matter
			taken = func(string, int64, float64) {}
		}
		if err := f.event(data, taken); err != nil {
			return fmt.Errorf("%w: %w", errDamaged, err)
		}
	}
}

// fill reads all of b; false if the file ends before.
func fill(r io.Reader, b []byte) (complete bool, err error) {
	_, err = io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return false, nil
	}
	return err == nil, err
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checked compares bytes with their checksum, CRC-32C as TensorFlow masks it.
func checked(b, sum []byte) bool {
	crc := crc32.Checksum(b, castagnoli)
	return (crc>>15|crc<<17)+0xa282ead8 == binary.LittleEndian.Uint32(sum)
}

// event reads an Event: its step (2) and the values (1) of its summary (5).
func (f *eventFile) event(b []byte, take func(name string, step int64, v float64)) error {
	var step int64
	var summaries [][]byte
	err := fields(b, func(n int, number uint64, data []byte) error {
		switch n {
		case 2:
			step = int64(number)
		case 5:
			summaries = append(summaries, data)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, summary := range summaries {
		err := fields(summary, func(n int, _ uint64, data []byte) error {
			if n != 1 {
				return nil
			}
			tag, v, ok, err := f.value(data)
			if ok {
				take(f.prefix+tag, step, v)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// value reads a Summary.Value: its tag (1), and a simple value (2) or a tensor
// (8), which is of a scalar unless the metadata (9), which only the first of a
// tag has, name another plugin.
func (f *eventFile) value(b []byte) (tag string, v float64, ok bool, err error) {
	err = fields(b, func(n int, number uint64, data []byte) (err error) {
		switch n {
		case 1:
			tag = string(data)
		case 2:
			v, ok = float64(math.Float32frombits(uint32(number))), true
		case 8:
			v, ok, err = tensor(data)
		case 9:
			var plugin string
			if plugin, err = pluginName(data); plugin != "" && plugin != "scalars" && len(f.foreign) < maxNames {
				f.foreign[tag] = true // the tag comes before
			}
		}
		return err
	})
	return tag, v, ok && !f.foreign[tag], err
}

// pluginName reads the name (1) of the plugin (1) of a SummaryMetadata.
func pluginName(b []byte) (name string, err error) {
	err = fields(b, func(n int, _ uint64, data []byte) error {
		if n != 1 {
			return nil
		}
		return fields(data, func(n int, _ uint64, data []byte) error {
			if n == 1 {
				name = string(data)
			}
			return nil
		})
	})
	return name, err
}

// fields calls f for each field of a message, with a number, of whatever width,
// or with its bytes.
func fields(b []byte, f func(n int, number uint64, data []byte) error) error {
	for len(b) > 0 {
		n, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return protowire.ParseError(size)
		}
		b = b[size:]
		var number uint64
		var data []byte
		switch kind {
		case protowire.VarintType:
			number, size = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var short uint32
			short, size = protowire.ConsumeFixed32(b)
			number = uint64(short)
		case protowire.Fixed64Type:
			number, size = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			data, size = protowire.ConsumeBytes(b)
		default:
			size = protowire.ConsumeFieldValue(n, kind, b)
		}
		if size < 0 {
			return protowire.ParseError(size)
		}
		if err := f(int(n), number, data); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}
