"""The loop that joins the rooms: catch, decide, run or refuse or wait, record."""
