//! A component's standard output and error: each line is an event in the log, with the component's name.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// Bytes of a line that are kept together; a longer one is told in pieces.
const LINE_BYTES_MAX: usize = 8 * 1024;

/// Which of the two streams.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

/// One stream of one instance. Its clones write to the same lines.
#[derive(Clone)]
pub(super) struct Console(Arc<Mutex<Lines>>);

struct Lines {
    component: Arc<str>,
    stream: Stream,
    /// What came since the last newline.
    pending: Vec<u8>,
}

impl Console {
    pub(super) fn new(component: &Arc<str>, stream: Stream) -> Self {
        Self(Arc::new(Mutex::new(Lines { component: Arc::clone(component), stream, pending: Vec::new() })))
    }

    fn push(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            for piece in piece.chunks(LINE_BYTES_MAX) {
                if self.pending.len() + piece.len() > LINE_BYTES_MAX {
                    self.tell();
                }
                self.pending.extend_from_slice(piece);
            }
            if piece.ends_with(b"\n") {
                self.tell();
            }
        }
    }

    fn tell(&mut self) {
        let line = String::from_utf8_lossy(&self.pending);
        let line = line.trim_end();
        if !line.is_empty() {
            let component = &*self.component;
            match self.stream {
                Stream::Stdout => tracing::info!(component, stream = "stdout", "{line}"),
                Stream::Stderr => tracing::warn!(component, stream = "stderr", "{line}"),
            }
        }
        self.pending.clear();
    }
}

/// The last line need not end in a newline.
impl Drop for Lines {
    fn drop(&mut self) {
        self.tell();
    }
}

impl IsTerminal for Console {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Console {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    /// Written at once rather than by a task, so that a panic's message is out before the trap takes the instance.
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for Console {
    fn poll_write(self: Pin<&mut Self>, _cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.push(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl OutputStream for Console {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.push(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LINE_BYTES_MAX)
    }
}

#[async_trait]
impl Pollable for Console {
    async fn ready(&mut self) {}
}
