"""How do the publishers' newest files come here? `fetch` asks every open source for them.

`register` says which files there are, `resolve` at which address each is today (`catalogue` what
the London Datastore offers, `choose` which of its many editions is meant), `plans` what would come,
`web` what may be asked and how politely, `download`, `archive` and `assembled` bring it over whole,
`accept` takes it or keeps it aside, `run` does all of it at once.
"""
