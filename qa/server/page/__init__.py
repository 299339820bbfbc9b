"""The page in the browser: made with Gradio, and answers and articles as HTML.

Nothing is imported here, because what shows an article needs no Gradio. Does not know who is let in, or how anything is
answered.
"""
