"""The server: one assistant for many people, over HTTP for programs and as a page for people.

Offers the application and who is let in. Does not know how anything is answered. The page is in a package of its own.
"""
