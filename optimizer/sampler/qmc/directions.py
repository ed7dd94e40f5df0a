"""Writes directions.bin, the direction numbers of sobol.go: python3 directions.py

One record a dimension, 1111 of them, of 14 little-endian 16-bit words: the
primitive polynomial with both its ends (degree 13 at most), then the initial
numbers m_1, m_2 ... padded with zeros. It reads them from the copy in SciPy.
"""

import pathlib
import struct

import numpy
import scipy.stats

source = pathlib.Path(scipy.stats.__file__).with_name("_sobol_direction_numbers.npz")
with numpy.load(source) as data:
    records = zip(data["poly"][:1111], data["vinit"][:1111, :13])
    words = [int(word) for poly, numbers in records for word in (poly, *numbers)]
pathlib.Path(__file__).with_name("directions.bin").write_bytes(struct.pack(f"<{len(words)}H", *words))
