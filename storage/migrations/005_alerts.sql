-- Why an alert is not to be tried again though its address never took it.

ALTER TABLE alerts ADD COLUMN ended VARCHAR;
