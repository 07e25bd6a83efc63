"""Which reader knows this file? One module a publisher, tried in order; exactly one must."""

READERS = (
    "mps",
    "police_uk",
    "police_uk_street",
    "mps_dashboard",
    "population",
    "profiles",
    "boundaries",
    "lookups",
    "stop_and_search",
    "homicide",
    "vawg",
    "crime_rates",
    "lfb",
    "fingertips",
    "youth_justice",
    "children_in_need",
    "home_office",
    "mopac_surveys",
    "partner",
)
