// report.h: one clear line on standard error.
//
// Layer os. Cold. A line starts with "hakmem: ", is written with one system call and never
// allocates, so it may be printed from anywhere in the allocator.
#pragma once

#include "base/print.h"

namespace hakmem::os {

// A line under construction: `report_line() << "text" << value` is written when it goes away.
class ReportLine {
 public:
  ReportLine() { printer_ << "hakmem: "; }
  ~ReportLine();
  ReportLine(const ReportLine&) = delete;
  ReportLine& operator=(const ReportLine&) = delete;

  template <class T>
  ReportLine& operator<<(const T& value) {
    printer_ << value;
    return *this;
  }

 private:
  Printer printer_;
};

}  // namespace hakmem::os
