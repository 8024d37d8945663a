"""Handing out tasks: who may join a job, and which tasks a claim brings."""
