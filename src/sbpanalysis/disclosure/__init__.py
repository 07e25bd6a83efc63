"""Can a person be found again from all that is published of a source together?"""
