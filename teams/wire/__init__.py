"""HTTP for the sender's posts: one host, one request, one answer, and no guess about what left.

`direct.py` is our own client on httptools; `proxied.py` goes through a proxy with aiohttp. Both
tell three ends apart: an answer came, nothing was written, or something was and no answer came.
"""
