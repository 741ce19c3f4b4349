"""The ground every part stands on: the record, the value types, the errors, the languages. Imports none of the others."""
