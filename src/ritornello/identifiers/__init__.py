"""ISRC, ISWC, IPI, ISNI, GRid, UPC/EAN, DPID and territories: normalised, checked and explained."""
