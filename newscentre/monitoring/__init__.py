"""Watches over the sources: their history enters, alarms that people should look at leave."""
