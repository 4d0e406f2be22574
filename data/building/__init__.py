"""From a collection, or a folder of scores, to a dataset that training reads; checked, packed."""
