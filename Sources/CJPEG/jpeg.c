#include <setjmp.h>
#include <stdio.h>
#include <string.h>
// libjpeg's header needs those two before it.
#include <jpeglib.h>

#include "CJPEG.h"

_Static_assert(cj_text_size >= JMSG_LENGTH_MAX, "libjpeg writes longer texts");

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf place;
  char *text;
} Errors;

typedef struct {
  struct jpeg_progress_mgr base;
  int64_t scanLimit;
} Progress;

static void fail(j_common_ptr info) {
  Errors *errors = (Errors *)info->err;
  info->err->format_message(info, errors->text);
  longjmp(errors->place, 1);
}

/// Level -1 is damage; higher ones are traces.
static void emit(j_common_ptr info, int level) {
  if (level < 0) fail(info);
}

static void ignore(j_common_ptr info) { (void)info; }

static void count_scans(j_common_ptr info) {
  Progress *progress = (Progress *)info->progress;
  if (((j_decompress_ptr)info)->input_scan_number <= progress->scanLimit) return;
  Errors *errors = (Errors *)info->err;
  snprintf(errors->text, cj_text_size, "it has more than %d scans", (int)progress->scanLimit);
  longjmp(errors->place, 1);
}

/// Until the caller has set `errors->place`, nothing of libjpeg may run.
static void begin(struct jpeg_decompress_struct *info, Errors *errors, char *text) {
  memset(info, 0, sizeof *info);
  info->err = jpeg_std_error(&errors->base);
  errors->base.error_exit = fail;
  errors->base.emit_message = emit;
  errors->base.output_message = ignore;
  errors->text = text;
}

/// Reads all before the pixels; `progress`, if any, is told of the scans behind.
static void open_header(struct jpeg_decompress_struct *info, const uint8_t *bytes, int64_t count,
                        Progress *progress) {
  jpeg_create_decompress(info);
  if (progress) info->progress = &progress->base;
  jpeg_mem_src(info, bytes, (unsigned long)count);
  jpeg_read_header(info, TRUE);
}

int cj_read_header(const uint8_t *bytes, int64_t count, cj_shape *shape, char *text) {
  struct jpeg_decompress_struct info;
  Errors errors;
  begin(&info, &errors, text);
  if (setjmp(errors.place)) {
    jpeg_destroy_decompress(&info);
    return 1;
  }
  open_header(&info, bytes, count, NULL);
  shape->width = info.image_width;
  shape->height = info.image_height;
  shape->channels = info.num_components;
  jpeg_destroy_decompress(&info);
  return 0;
}

int cj_read_pixels(const uint8_t *bytes, int64_t count, const cj_shape *shape, int64_t scanLimit,
                   uint8_t *pixels, char *text) {
  struct jpeg_decompress_struct info;
  Errors errors;
  Progress progress;
  memset(&progress, 0, sizeof progress);
  begin(&info, &errors, text);
  if (setjmp(errors.place)) {
    jpeg_destroy_decompress(&info);
    return 1;
  }
  progress.base.progress_monitor = count_scans;
  progress.scanLimit = scanLimit;
  open_header(&info, bytes, count, &progress);
  info.out_color_space = JCS_RGB;
  info.dct_method = JDCT_ISLOW;
  jpeg_start_decompress(&info);
  if (info.output_width != shape->width || info.output_height != shape->height ||
      info.output_components != 3) {
    snprintf(text, cj_text_size, "its size changes while it is read");
    jpeg_destroy_decompress(&info);
    return 1;
  }
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = pixels + (size_t)info.output_scanline * info.output_width * 3;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return 0;
}
