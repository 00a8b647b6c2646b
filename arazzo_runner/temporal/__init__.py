"""Scale out: the same interpreter, driven by Temporal (the extra ``temporal``)."""
