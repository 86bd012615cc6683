"""What a notebook imports: checks, gradient checks, live figures, plots, data.

Each module does one thing and imports only what it needs, so that importing
one costs a fraction of a second:

- `helpers.checks`: what a check cell says about your code
- `helpers.candidates`: the mistakes that each notebook invites, by their values
- `helpers.diagnosis`: what a wrong result tells about the mistake
- `helpers.gradcheck`: derivatives by finite differences
- `helpers.initialisation`: how first weights are checked, which are drawn at random
- `helpers.contracts`: what every activation, loss, optimiser and mask must keep
- `helpers.nested`: gradients and caches in lists and dictionaries, compared by name
- `helpers.handed_in`: files that are handed in beside a notebook
- `helpers.line_times`: where the time of a function goes, line by line
- `helpers.loops`: whether a function goes through the rows of its arrays one by one
- `helpers.live`: figures that move while a network trains
- `helpers.plots`: still pictures
- `helpers.data`: MNIST and Fashion-MNIST, fetched once and kept
- `helpers.carry`: your own classes from an earlier notebook
"""
