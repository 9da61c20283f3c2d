"""WHAT a document says: pure functions from bytes or text to records. No network, no clock, no database."""

import os

# The parser's matrices are small: threads of the BLAS took 40 % more CPU time on two cores and saved no wall time.
# It reads this when numpy is first imported, so it stands above every module here; a user's own setting wins.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
