"""What `demo/run.py` is made of: the processes it starts, the ledger it reads, the checks it makes."""
