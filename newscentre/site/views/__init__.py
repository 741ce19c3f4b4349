"""The pages: requests go in, answers come out; one module a group of pages."""
