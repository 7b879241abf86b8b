# lavaan's side of benchmarks/ordinal.py: Rscript lavaan_ordinal.R DATA.csv MODEL.txt
# Peak memory is that of R's heap and of the process, whichever is larger.
args <- commandArgs(trailingOnly = TRUE)
suppressMessages(library(lavaan))
data <- read.csv(args[1])
model <- paste(readLines(args[2]), collapse = "\n")
spent <- system.time({
  fit <- cfa(model, data = data, ordered = TRUE, estimator = "WLSMV")
  found <- fitMeasures(fit)
})
status <- tryCatch(readLines("/proc/self/status"), error = function(e) character())
peak <- grep("^VmHWM", status, value = TRUE)
megabytes <- if (length(peak)) as.numeric(gsub("[^0-9]", "", peak)) / 1024 else sum(gc()[, 6])
cat(sprintf(paste0('{"cpu": %.6f, "peak_mb": %.1f, "chisq_scaled": %.6f, "df": %d, ',
                   '"versions": {"R": "%s", "lavaan": "%s"}}\n'),
            spent[1] + spent[2], megabytes, found["chisq.scaled"], as.integer(found["df"]),
            paste(R.version$major, R.version$minor, sep = "."), packageVersion("lavaan")))
