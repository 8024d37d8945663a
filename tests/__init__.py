"""Tests of Quorum: unit, service, api, journeys, browser and architecture."""
