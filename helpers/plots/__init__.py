"""Still pictures, in one style: each function takes plain arrays and shows its picture.

In a notebook a picture is shown once, also inside a ``with`` block, and the function
returns None. Given `ax`, a function draws there and returns it. Outside of IPython the
figure is returned. While a notebook is graded nothing is drawn.
"""
