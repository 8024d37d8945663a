"""SQL that is sent to the driver as it is written."""
