"""Who chose a value, what leads out of the house, who may read what: functions of texts and labels."""
