"""Kinds of answer that mark regions on what is shown, each region with a class."""
