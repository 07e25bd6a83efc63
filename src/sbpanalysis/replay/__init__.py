"""The assessment of 2018, claim by claim: does each printed figure come out of the data?"""
