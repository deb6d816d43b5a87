-- Millions of rows a day, in the order of time: a small index that retention and hourly summaries read by.
create index signal_metrics_history_observed on signal_metrics_history using brin (observed_at);
