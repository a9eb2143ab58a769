"""DRF's tests that are left out, by the release of DRF, each with its reason."""

EXCLUDED: dict[str, dict[str, str]] = {
    "3.16": {
        "test_fields.py::TestPytzNaiveDayLightSavingTimeTimeZoneDateTimeField::test_invalid_inputs": (
            "fails with DRF's own classes too, under the Django and pytz that are current"
        ),
    },
}
